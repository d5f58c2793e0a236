import numpy as np

months = [row["month"] for row in INPUT_DATA]
jobs = np.array([row["nonfarm"] for row in INPUT_DATA])

falls = np.maximum.accumulate(jobs) - jobs
bottom = falls.argmax()
peak = jobs[: bottom + 1].argmax()
recovered = np.flatnonzero((jobs >= jobs[peak]) & (np.arange(jobs.size) > bottom))

return [
    {
        "peak": months[peak],
        "bottom": months[bottom],
        "recovered": months[recovered[0]] if recovered.size else None,
        "lost_thousands": falls[bottom],
        "lost_percent": round(100 * falls[bottom] / jobs[peak], 1),
    }
]
