from jose import JWTError, jwt

KEY = "example-signing-key-of-32-bytes!"

checked = []
for call in INPUT_DATA:
    try:
        claims = jwt.decode(call["token"], KEY, algorithms=["HS256"], options={"verify_exp": False})
    except JWTError:
        checked.append({"call": call["call"], "verdict": "not genuine"})
        continue
    verdict = "valid" if call["time"] < claims["exp"] else "expired"
    checked.append({"call": call["call"], "verdict": verdict, "user": claims["sub"]})

return checked
