import matplotlib.pyplot as plt
import pandas as pd

prices = pd.DataFrame(INPUT_DATA)

figure, axes = plt.subplots(figsize=(8, 4))
axes.bar(prices["year"], prices["wheat"], width=4, color="lightgrey", label="wheat, a quarter")
axes.plot(prices["year"], prices["wages"], color="firebrick", label="wages, a week")
axes.set(title="Wheat and wages", xlabel="year", ylabel="shillings")
axes.legend()

prices["weeks"] = prices["wheat"] / prices["wages"]
prices["from_year"] = prices["year"] // 50 * 50
return prices.groupby("from_year")["weeks"].mean().round(1).reset_index()
