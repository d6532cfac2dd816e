"""What a build of a test is called."""

from datetime import UTC, datetime

from jobs.models.run import BuildIdentity

IDENTITY = BuildIdentity("a-test", datetime(2026, 1, 2, 18, tzinfo=UTC), "0")
