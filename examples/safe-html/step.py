from string import Template

ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
MAIL = Template("<p>Dear $name,</p><p>your review: <q>$review</q></p>")

return [
    {
        "to": row["email"],
        "html": MAIL.substitute(
            name=row["name"].translate(ESCAPES), review=row["review"].translate(ESCAPES)
        ),
    }
    for row in INPUT_DATA
]
