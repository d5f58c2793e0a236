def came(rows):
    """Tell what came of a branch."""
    match rows:
        case None:
            return "did not run"
        case []:
            return "ran, no rows"
        case _:
            return f"{len(rows)} rows"


branches = {"orders": INPUT_DATA, "stock": INPUT_DATA2, "prices": INPUT_DATA3}
return [{"branch": name, "result": came(rows)} for name, rows in branches.items()]
