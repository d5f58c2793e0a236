from deepdiff import DeepDiff

drifts = []
for device in INPUT_DATA:
    difference = DeepDiff(device["wanted"], device["actual"], ignore_order=True, view="tree")
    for kind, found in difference.items():
        drifts += [
            {
                "device": device["device"],
                "path": ".".join(map(str, item.path(output_format="list"))),
                "kind": kind.removeprefix("dictionary_").removeprefix("iterable_"),
                "wanted": None if kind.endswith("added") else item.t1,
                "actual": None if kind.endswith("removed") else item.t2,
            }
            for item in found
        ]
return sorted(drifts, key=lambda drift: (drift["device"], drift["path"]))
