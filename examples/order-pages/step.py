PAGE = 2

if not DATA_CHECKPOINT:
    DATA_CHECKPOINT = 0

unseen = [order for order in INPUT_DATA if order["id"] > DATA_CHECKPOINT]

# The checkpoint is the id in the last row, so the rows have to be in the order of their ids.
unseen.sort(key=lambda order: order["id"])
return unseen[:PAGE]
