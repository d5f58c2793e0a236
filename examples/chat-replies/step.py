import string

import openai

ANSWERS = {"positive", "negative", "neutral"}

rows = []
for row in INPUT_DATA:
    completion = openai.util.convert_to_openai_object(row["reply"])
    said = completion.choices[0].message.content
    word = said.strip(string.punctuation + string.whitespace).lower()
    if word not in ANSWERS:
        log.warn(f"review {row['id']}: cannot read {said!r}")
    rows.append(
        {
            "id": row["id"],
            "sentiment": word if word in ANSWERS else None,
            "tokens": completion.usage.total_tokens,
        }
    )
return rows
