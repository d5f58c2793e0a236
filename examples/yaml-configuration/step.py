import json

import yaml

[document] = INPUT_DATA
settings = yaml.safe_load(document["yaml"])
defaults = settings.pop("defaults")

return [
    {
        "environment": environment,
        "key": key,
        "value": json.dumps(value),
        "is_default": key not in own,
    }
    for environment, own in settings.items()
    for key, value in sorted((defaults | own).items())
]
