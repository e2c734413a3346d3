"""Webhooks and their deliveries; answers kept so that a request sent twice is carried out once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("register", "0008_review")]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("url", models.TextField()),
                ("secret", models.TextField()),
                ("kinds", models.TextField(default="")),
                ("after_seq", models.BigIntegerField()),
                ("registered_by", models.TextField()),
                ("registered_at", models.CharField(max_length=32)),
                ("removed_by", models.TextField(default="")),
                ("removed_at", models.CharField(default="", max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uid", models.CharField(max_length=32, unique=True)),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=models.deletion.PROTECT,
                        related_name="deliveries",
                        to="register.webhook",
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("state", models.CharField(db_index=True, default="waiting", max_length=10)),
                ("attempts", models.IntegerField(default=0)),
                ("next_at", models.CharField(max_length=32)),
                ("status", models.IntegerField(null=True)),
                ("said", models.TextField(default="")),
                ("made_at", models.CharField(max_length=32)),
                ("tried_at", models.CharField(default="", max_length=32)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["webhook", "seq"], name="one_delivery_an_entry")
                ]
            },
        ),
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("caller", models.TextField()),
                ("key", models.CharField(max_length=200)),
                ("request", models.CharField(max_length=64)),
                ("status", models.IntegerField(null=True)),
                ("media_type", models.CharField(default="", max_length=80)),
                ("body", models.TextField(default="")),
                ("at", models.CharField(max_length=32)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["caller", "key"], name="one_answer_a_key")
                ]
            },
        ),
    ]
