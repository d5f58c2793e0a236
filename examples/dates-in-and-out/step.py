from datetime import UTC, datetime

SPELLINGS = ("%Y-%m-%dT%H:%M:%S%z", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p")


def instant(text):
    """Read a time in any of the spellings; without an offset it is taken as UTC."""
    for spelling in SPELLINGS:
        try:
            read = datetime.strptime(text, spelling)
        except ValueError:
            continue
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    raise ValueError(f"{text!r} is in none of the known spellings")


tickets = []
for ticket in INPUT_DATA:
    opened, closed = instant(ticket["opened"]), instant(ticket["closed"])
    tickets.append(
        {
            "id": ticket["id"],
            "opened": opened,
            "closed": closed.date(),
            "days_open": (closed.date() - opened.date()).days,
        }
    )
return tickets
