"""Rows of files about persons, each sealed under the key of its own person."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0011_person_language"),
    ]

    operations = [
        migrations.AddField(
            model_name="rejectedrow",
            name="key",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.CreateModel(
            name="SealedRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("row", models.BigIntegerField()),
                ("record_uid", models.CharField(db_index=True, max_length=32)),
                ("key", models.CharField(max_length=40)),
                ("cells", models.TextField()),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sealed_rows",
                        to="register.submission",
                    ),
                ),
            ],
        ),
    ]
