"""Roles with scopes in the place of three flags; tokens; what is logged about people."""

from datetime import UTC, datetime

import django.db.models.deletion
from django.db import migrations, models

#: The flags of a person, and the role that allows the same and no more.
ROLE_OF_FLAG = {"may_release": "approver", "may_enter_historic": "historic_entry"}
BY = "migration:0005_people"


def flags_to_roles(apps, schema_editor):
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    # Also a database beside the workspace's own is migrated: the one in which a replay is made.
    using = schema_editor.connection.alias
    person = apps.get_model("register", "Person").objects.using(using)
    assignment = apps.get_model("register", "RoleAssignment").objects.using(using)
    permission = apps.get_model("auth", "Permission").objects.using(using)
    for flag, role in ROLE_OF_FLAG.items():
        for row in person.filter(**{flag: True}):
            assignment.create(person=row, role=role, granted_by=BY, granted_at=at)
    reports = permission.filter(codename="add_report", content_type__app_label="register").first()
    if reports is not None:
        users = models.Q(user__user_permissions=reports) | models.Q(
            user__groups__permissions=reports
        )
        for row in person.filter(users).distinct():
            assignment.create(person=row, role="report_approver", granted_by=BY, granted_at=at)
            row.user.user_permissions.remove(reports)
    if schema_editor.connection.vendor == "postgresql":
        # Rows that wait for the check of their foreign key forbid a change of the tables.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("register", "0003_area_only_reports"),
    ]

    operations = [
        migrations.AddField("person", "must_change_password", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="RoleAssignment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("role", models.CharField(max_length=40)),
                ("organisation", models.TextField(default="")),
                ("unit_uid", models.CharField(default="", max_length=32)),
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
                ("granted_by", models.TextField()),
                ("granted_at", models.CharField(max_length=32)),
                ("revoked_by", models.TextField(default="")),
                ("revoked_at", models.CharField(default="", max_length=32)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roles",
                        to="register.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AppToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("name", models.TextField()),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("scopes", models.TextField()),
                ("organisation", models.TextField(default="")),
                ("unit_uid", models.CharField(default="", max_length=32)),
                ("issued_by", models.TextField()),
                ("issued_at", models.CharField(max_length=32)),
                ("expires_at", models.CharField(max_length=32)),
                ("last_used_at", models.CharField(default="", max_length=32)),
                ("revoked_by", models.TextField(default="")),
                ("revoked_at", models.CharField(default="", max_length=32)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tokens",
                        to="register.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PeopleEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.CharField(max_length=32)),
                ("actor", models.TextField()),
                ("what", models.CharField(max_length=40)),
                ("about", models.TextField(db_index=True)),
                ("detail", models.TextField(default="{}")),
            ],
        ),
        migrations.CreateModel(
            name="PersonalRead",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.CharField(max_length=32)),
                ("reader", models.TextField()),
                ("record_type", models.CharField(max_length=40)),
                ("record_uid", models.CharField(db_index=True, max_length=32)),
                ("purpose", models.TextField()),
            ],
        ),
        migrations.RunPython(flags_to_roles, migrations.RunPython.noop),
        migrations.RemoveField("person", "may_release"),
        migrations.RemoveField("person", "may_enter_historic"),
    ]
