"""Runs that nobody asks for one by one: when they are due, and how often they repeat."""

from .schedule import (
    Misfire,
    Overlap,
    Schedule,
    ScheduleId,
    Schedules,
    Timing,
    due,
    goes_on,
    next_tick,
    read_cron,
    ticks,
)

__all__ = [
    "Misfire",
    "Overlap",
    "Schedule",
    "ScheduleId",
    "Schedules",
    "Timing",
    "due",
    "goes_on",
    "next_tick",
    "read_cron",
    "ticks",
]
