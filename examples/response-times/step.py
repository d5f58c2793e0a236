from itertools import pairwise

import matplotlib.pyplot as plt

EDGES = [0, 50, 100, 250, 500, 1000]

figure, axes = plt.subplots()
counts, edges, _ = axes.hist([row["ms"] for row in INPUT_DATA], bins=EDGES)
plt.close(figure)

return [
    {"from_ms": low, "to_ms": high, "answers": count}
    for (low, high), count in zip(pairwise(edges), counts, strict=True)
]
