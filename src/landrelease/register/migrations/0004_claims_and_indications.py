"""Decisions about claims; evidence items that were withdrawn or are restricted; indications."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0003_area_only_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClaimDecision",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("claim_id", models.CharField(db_index=True, max_length=40)),
                ("state", models.CharField(max_length=20)),
                ("document_uid", models.CharField(db_index=True, max_length=32)),
                ("text_sha256", models.CharField(max_length=64)),
                ("span_start", models.IntegerField()),
                ("span_end", models.IntegerField()),
                ("extractor", models.TextField()),
                ("body", models.TextField()),
                ("evidence_uid", models.CharField(db_index=True, max_length=32, null=True)),
                ("hazard_uid", models.CharField(db_index=True, max_length=32, null=True)),
                ("indication", models.BooleanField(default=False)),
                ("decided_at", models.CharField(max_length=32)),
                ("deciders", models.TextField()),
                ("reason", models.TextField(default="")),
            ],
        ),
        migrations.AddField(
            model_name="counted",
            name="indications",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="evidence",
            name="claim",
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name="evidence",
            name="restricted",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="evidence",
            name="standing",
            field=models.CharField(max_length=40, null=True),
        ),
        migrations.AddField(
            model_name="unitcount",
            name="indications",
            field=models.IntegerField(default=0),
        ),
    ]
