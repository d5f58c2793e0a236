MULTIPLIER, INCREMENT, MODULUS = 1103515245, 12345, 2**31

[device] = INPUT_DATA

value = 1
for number in range(1, device["readings"] + 1):
    value = (MULTIPLIER * value + INCREMENT) % MODULUS
    yield {"device": device["name"], "number": number, "volts": value % 1000 / 100}
