from random import Random

SIZE = 5

draw = Random("audit 2024")
sample = draw.sample(INPUT_DATA, min(SIZE, len(INPUT_DATA)))
return sorted(sample, key=lambda invoice: invoice["number"])
