import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0005_corroborations"),
    ]

    operations = [
        migrations.CreateModel(
            name="FieldInstance",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("instance_id", models.CharField(max_length=200)),
                ("ordinal", models.IntegerField(default=0)),
                ("deprecated_id", models.CharField(db_index=True, default="", max_length=200)),
                ("key", models.CharField(db_index=True, max_length=240)),
                ("form", models.CharField(max_length=60)),
                ("version", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("received_at", models.CharField(max_length=32)),
                ("submitter", models.TextField()),
                ("state", models.CharField(max_length=20)),
                ("reason", models.TextField(default="")),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="register.submission",
                    ),
                ),
                (
                    "submissions",
                    models.ManyToManyField(
                        related_name="field_instances", to="register.submission"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FieldAttachment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("content_type", models.CharField(default="", max_length=120)),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("kept", models.TextField()),
                (
                    "instance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="register.fieldinstance",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FormVersion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("form", models.CharField(max_length=60)),
                ("version", models.CharField(max_length=20)),
                ("title", models.TextField()),
                ("xform", models.TextField()),
                ("content", models.CharField(max_length=64)),
                ("workbook", models.TextField()),
                ("media", models.TextField(default="[]")),
                ("plan", models.TextField()),
                ("published_at", models.CharField(max_length=32)),
                ("published_by", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("form", "version"), name="one_form_version")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="fieldinstance",
            constraint=models.UniqueConstraint(
                fields=("instance_id", "ordinal"), name="one_field_instance"
            ),
        ),
        migrations.AddConstraint(
            model_name="fieldattachment",
            constraint=models.UniqueConstraint(
                fields=("instance", "name", "sha256"), name="one_field_attachment"
            ),
        ),
    ]
