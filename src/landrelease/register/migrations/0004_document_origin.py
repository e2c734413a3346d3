"""Where a source document comes from: the file that held it, its place there, its retrieval."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0003_area_only_reports"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="container_sha256",
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name="document",
            name="locator",
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name="document",
            name="retrieved_end",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="document",
            name="retrieved_start",
            field=models.DateField(null=True),
        ),
    ]
