import ssl
import time

DAY = 24 * 60 * 60
SOON = 14

rows = []
for certificate in INPUT_DATA:
    ends = ssl.cert_time_to_seconds(certificate["not_after"])
    scanned = ssl.cert_time_to_seconds(certificate["scanned"])
    days_left = (ends - scanned) // DAY
    rows.append(
        {
            "host": certificate["host"],
            "ends": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends)),
            "days_left": days_left,
            "state": "expired" if days_left < 0 else "soon" if days_left <= SOON else "fine",
        }
    )
return sorted(rows, key=lambda row: row["days_left"])
