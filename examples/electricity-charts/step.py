import matplotlib.pyplot as plt
import pandas as pd

wide = pd.DataFrame(INPUT_DATA).pivot(index="year", columns="source", values="gwh")
share = 100 * wide["Renewables"] / wide.sum(axis="columns")

plt.stackplot(wide.index, wide.T, labels=wide.columns)
plt.ylabel("GWh")
plt.legend(loc="upper left")
plt.show()

plt.figure()
plt.plot(share)
plt.ylabel("renewable, percent")
plt.show()

first, last = wide.index.min(), wide.index.max()
return [
    {"figure": 1, "caption": f"Electricity of Iowa by source, {first} to {last}"},
    {"figure": 2, "caption": f"Renewable share, from {share[first]:.0f} % to {share[last]:.0f} %"},
]
