"""A node that repeats a text: what it is, and what it does."""

from typing import Any


def get_node() -> dict[str, Any]:
    """Say what the node is, and what its pins are."""
    return {
        "name": "repeat_text",
        "friendly_name": "Repeat text",
        "description": "Gives a text as often as asked for",
        "category": "Custom/Text",
        "pins": [
            pin("exec_in", "Input", "Execution", "starts the node"),
            pin("exec_out", "Output", "Execution", "continues the flow"),
            pin("text", "Input", "String", "what to repeat", default_value=""),
            pin("times", "Input", "Integer", "how often", default_value=2),
            pin("repeated", "Output", "String", "the text, repeated"),
        ],
    }


def pin(
    name: str, pin_type: str, data_type: str, description: str, **more: object
) -> dict[str, object]:
    """Give one pin, called as its name reads."""
    told = {"friendly_name": name.replace("_", " ").capitalize(), "description": description}
    return {"name": name, "pin_type": pin_type, "data_type": data_type, **told, **more}


def run(context: dict[str, Any]) -> dict[str, Any]:
    """Do what the node does."""
    inputs = context["inputs"]
    if inputs["times"] < 0:
        return {"outputs": {}, "error": "times is below zero"}
    print(f"repeating {inputs['times']} times")
    return {"outputs": {"repeated": inputs["text"] * inputs["times"]}, "error": None}
