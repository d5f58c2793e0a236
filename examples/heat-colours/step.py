import matplotlib as mpl
from matplotlib import colors

COLDEST, HOTTEST = 0, 40

scale = colors.Normalize(COLDEST, HOTTEST, clip=True)
palette = colors.LinearSegmentedColormap.from_list("heat", ["#0000ff", "#ffffff", "#ff0000"])

log.debug(f"colours by matplotlib {mpl.__version__}")
return [
    {"room": row["room"], "colour": colors.to_hex(palette(scale(row["celsius"])))}
    for row in INPUT_DATA
]
