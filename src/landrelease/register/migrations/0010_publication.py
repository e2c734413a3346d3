"""Tables of counts as published, so that the next publication gives nothing away by difference."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0009_api"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublishedTable",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.CharField(max_length=32)),
                ("name", models.CharField(db_index=True, max_length=60)),
                ("seq", models.BigIntegerField()),
                ("body", models.TextField()),
            ],
        ),
    ]
