"""``landrelease tasks`` and ``landrelease webhook``: what is done beside the requests."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from . import context
from .main import app
from .people import FormatOption

tasks_app = typer.Typer(help="Work beside the requests.", no_args_is_help=True)
app.add_typer(tasks_app, name="tasks")
webhook_app = typer.Typer(help="Addresses that are told of decisions.", no_args_is_help=True)
app.add_typer(webhook_app, name="webhook")


@tasks_app.command("run")
def run(
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due and end, instead of waiting for more.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=0.1, help="Seconds between one look and the next.")
    ] = 5.0,
) -> None:
    """Tell webhooks of decisions, until interrupted; several may run side by side.

    A delivery that was not answered with yes is sent again after 1, 5, 30, 120 and 360 minutes.

    Example: landrelease -w bosnia tasks run --once
    """
    context.open_workspace()
    from landrelease.register import webhooks

    def told(delivery: webhooks.WebhookDelivery) -> None:
        what = delivery.said or f"answered {delivery.status}"
        context.say(
            f"webhook {delivery.webhook_id}, entry {delivery.seq}: {delivery.state} "
            f"(attempt {delivery.attempts}, {what})"
        )

    while True:
        made = webhooks.make()
        sent = webhooks.send(told=told)
        if once:
            context.say(f"{made} deliveries made, {sent} sent")
            return
        if not sent:
            time.sleep(every)


@webhook_app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Address; its host stands in landrelease.toml.")],
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Kind of decision, may be given several times; all unless given."),
    ] = None,
) -> None:
    """Tell an address of decisions from now on; the secret is printed once.

    Example: landrelease -w bosnia webhook add https://hooks.example.org/x --kind release
    """
    context.open_workspace()
    from landrelease.register import people, webhooks

    row, secret = webhooks.register(url, by=people.at_the_command_line(), kinds=tuple(kind or ()))
    context.say(f"webhook {row.id} registered; its secret, with which deliveries are signed:")
    typer.echo(secret)


@webhook_app.command("list")
def list_webhooks(format: FormatOption = context.Format.table) -> None:
    """List the webhooks, those that were removed among them.

    Example: landrelease -w bosnia webhook list
    """
    context.open_workspace()
    from landrelease.register.models import Webhook

    context.print_rows(
        [
            {
                "number": row.id,
                "url": row.url,
                "kinds": row.kinds.replace("|", ", ") or "all",
                "registered_by": row.registered_by,
                "registered_at": row.registered_at[:19],
                "removed_at": row.removed_at[:19],
            }
            for row in Webhook.objects.order_by("id")
        ],
        format,
    )


@webhook_app.command("deliveries")
def deliveries(
    number: Annotated[int, typer.Argument(help="Number of the webhook.")],
    limit: Annotated[int, typer.Option(help="How many to print, the latest first.")] = 50,
    format: FormatOption = context.Format.table,
) -> None:
    """Print the log of deliveries.

    Example: landrelease -w bosnia webhook deliveries 1
    """
    context.open_workspace()
    from landrelease.register.models import WebhookDelivery

    context.print_rows(
        [
            {
                "delivery": row.uid,
                "entry": row.seq,
                "state": row.state,
                "attempts": row.attempts,
                "status": row.status,
                "said": row.said,
                "made_at": row.made_at[:19],
                "tried_at": row.tried_at[:19],
            }
            for row in WebhookDelivery.objects.filter(webhook_id=number).order_by("-id")[:limit]
        ],
        format,
    )


@webhook_app.command("remove")
def remove(
    number: Annotated[
        int, typer.Argument(help="Number of the webhook (landrelease webhook list).")
    ],
) -> None:
    """Tell an address nothing more; the log stays.

    Example: landrelease -w bosnia webhook remove 1
    """
    context.open_workspace()
    from landrelease.register import people, webhooks

    webhooks.remove(number, by=people.at_the_command_line())
    context.say(f"webhook {number} is told nothing more")
