"""Tables of what claims say together: gatherings, comparisons, places, states, stories."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0004_claims_and_indications"),
        ("register", "0004_document_origin"),
        ("register", "0005_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClaimComparison",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("verdict", models.CharField(db_index=True, max_length=20)),
                ("slot", models.CharField(max_length=80)),
                ("one_row", models.CharField(db_index=True, max_length=40)),
                ("other_row", models.CharField(db_index=True, max_length=40)),
                ("one_value", models.TextField()),
                ("other_value", models.TextField()),
                ("independence", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="ClaimGathering",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("gathering", models.CharField(max_length=40, unique=True)),
                ("value", models.CharField(default="", max_length=10)),
                ("precision", models.CharField(default="", max_length=8)),
                ("basis", models.CharField(max_length=12)),
                ("kind", models.CharField(max_length=40)),
                ("at_most", models.IntegerField()),
                ("strength", models.TextField()),
                ("standing", models.CharField(max_length=20)),
                ("body", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="ClaimPlace",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("claim_row", models.CharField(db_index=True, max_length=40)),
                ("place", models.CharField(db_index=True, max_length=80)),
                ("name", models.TextField()),
                ("country", models.CharField(default="", max_length=3)),
                ("feature", models.CharField(default="", max_length=20)),
                ("large", models.BooleanField(default=False)),
                ("beside", models.BooleanField(default=False)),
                ("lon", models.FloatField()),
                ("lat", models.FloatField()),
                ("confidence", models.FloatField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ClaimsRead",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("mark", models.CharField(max_length=120)),
                ("claims", models.BigIntegerField()),
                ("computed_at", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="IndexedClaim",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("claim_row", models.CharField(max_length=40, unique=True)),
                ("claim", models.CharField(db_index=True, max_length=40)),
                ("document_uid", models.CharField(db_index=True, max_length=32)),
                ("gathering_id", models.BigIntegerField(db_index=True)),
                ("kind", models.CharField(db_index=True, max_length=40)),
                ("modality", models.CharField(max_length=20)),
                ("stance", models.CharField(max_length=20)),
                ("value", models.CharField(default="", max_length=10)),
                ("quantities", models.IntegerField(default=0)),
                ("places", models.IntegerField(default=0)),
                ("contradicted", models.BooleanField(default=False)),
                ("restricted", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="IndexedStory",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("story", models.CharField(max_length=40, unique=True)),
                ("documents", models.IntegerField()),
                ("claims", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="NamedState",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("claim_row", models.CharField(db_index=True, max_length=40)),
                ("gathering_id", models.BigIntegerField(db_index=True)),
                ("state", models.CharField(db_index=True, max_length=3)),
                ("role", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="SetApart",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("document_uid", models.CharField(max_length=32, unique=True)),
                ("spans", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="StoryDocument",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("story", models.CharField(db_index=True, max_length=40)),
                ("document_uid", models.CharField(db_index=True, max_length=32)),
                ("relation", models.CharField(max_length=20)),
            ],
        ),
        migrations.CreateModel(
            name="TreatyComparison",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("verdict", models.CharField(db_index=True, max_length=20)),
                ("state", models.CharField(db_index=True, max_length=3)),
                ("treaty", models.CharField(max_length=20)),
                ("document_uid", models.CharField(max_length=32)),
                ("claim_row", models.CharField(default="", max_length=40)),
                ("body", models.TextField()),
            ],
        ),
    ]
