"""The language in which a person reads the pages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0010_publication"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="language",
            field=models.CharField(default="", max_length=8),
        ),
    ]
