"""Releases of land that somebody refused."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0012_sealed_rows"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReleaseRefusal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("activity_uid", models.CharField(db_index=True, max_length=32)),
                ("content", models.CharField(max_length=64)),
                ("hazard_uid", models.CharField(max_length=32, null=True)),
                ("reason", models.TextField()),
                ("deciders", models.TextField()),
            ],
        ),
    ]
