"""Counts of reports that state a released area and have no polygon."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0002_land_acts_and_reports"),
    ]

    operations = [
        migrations.AddField(model, name, field)
        for model in ("counted", "unitcount")
        for name, field in (
            ("area_only", models.IntegerField(default=0)),
            ("declared_released", models.BigIntegerField(default=0)),
        )
    ]
