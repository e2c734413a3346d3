"""What reviewing needs: why something came back, what is the same, stamps on the journal's head."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("register", "0006_forms")]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="answers",
            field=models.CharField(db_index=True, default="", max_length=20),
        ),
        migrations.CreateModel(
            name="JournalTimestamp",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(db_index=True)),
                ("hash", models.CharField(max_length=64)),
                ("tsa", models.TextField()),
                ("requested_at", models.CharField(max_length=32)),
                ("stamped_at", models.CharField(max_length=32)),
                ("request", models.BinaryField()),
                ("answer", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="ReviewEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.CharField(max_length=32)),
                ("actor", models.TextField()),
                ("what", models.CharField(max_length=20)),
                ("reason", models.TextField(default="")),
                ("entry_seq", models.BigIntegerField(null=True)),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="register.submission",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SameAs",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("record_type", models.CharField(max_length=40)),
                ("said", models.CharField(max_length=10)),
                ("uid", models.CharField(db_index=True, max_length=32)),
                ("shown_uid", models.CharField(db_index=True, max_length=32)),
                ("reason", models.TextField()),
                ("deciders", models.TextField()),
                ("ended_seq", models.BigIntegerField(null=True)),
                ("ended_reason", models.TextField(default="")),
                ("ended_by", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="SuspectedDuplicate",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("record_type", models.CharField(db_index=True, max_length=40)),
                ("one_uid", models.CharField(db_index=True, max_length=32)),
                ("other_uid", models.CharField(db_index=True, max_length=32)),
                ("signs", models.CharField(max_length=80)),
                ("iou", models.FloatField(null=True)),
                ("known_seq", models.BigIntegerField()),
            ],
        ),
    ]
