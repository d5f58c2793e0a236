import openai

INSTRUCTION = "Answer with one word: positive, negative or neutral."


def request(review):
    """Give what `openai.ChatCompletion.create` takes, for one review."""
    return {
        "model": "gpt-4",
        "temperature": 0,
        "messages": [
            {"role": "system", "content": INSTRUCTION},
            {"role": "user", "content": review},
        ],
    }


requests = [{"id": row["id"], "request": request(row["review"])} for row in INPUT_DATA]

try:
    openai.ChatCompletion.create(**requests[0]["request"])
except openai.error.AuthenticationError as error:
    log.info(f"not sent: {str(error).partition('.')[0]}")

return requests
