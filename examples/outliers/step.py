import numpy as np

LIMIT = 3.5
TO_DEVIATIONS = 1.4826

values = np.array([row["celsius"] for row in INPUT_DATA])
distances = values - np.median(values)
usual = np.median(np.abs(distances)) * TO_DEVIATIONS
scores = distances / usual

return [
    {**row, "score": np.round(score, 1)}
    for row, score in zip(INPUT_DATA, scores, strict=True)
    if abs(score) > LIMIT
]
