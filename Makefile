.PHONY: audit image sbom setup run test check fmt lint types arch bench soak docs screenshots lock
BIN := .venv/bin

setup: ; @scripts/setup
run:   setup ; @$(BIN)/python scripts/run_example.py $(if $(ONCE),--once)
test:  setup ; @$(BIN)/pytest --numprocesses 2 --dist loadfile
check: lint types arch test
fmt:   setup ; @$(BIN)/ruff format . && $(BIN)/ruff check --fix .
lint:  setup ; @$(BIN)/ruff format --check . && $(BIN)/ruff check .
types: setup ; @$(BIN)/mypy
arch:  setup ; @$(BIN)/lint-imports
bench: setup ; @$(BIN)/processor bench --json .bench/latest.json --plot .bench/latest.png
soak:  setup ; @$(BIN)/python -m tests.attacks.soak && $(BIN)/python -m tests.runtime.wasm.soak
image: setup ; @$(BIN)/python scripts/image.py current .image 2>/dev/null || $(BIN)/python scripts/image.py build .image
	@$(BIN)/pytest tests/deploy/test_image_service.py
audit: setup ; @$(BIN)/python scripts/inventory.py audit
sbom:  setup ; @mkdir -p .bench && $(BIN)/python scripts/inventory.py sbom >.bench/sbom.json
docs:  setup ; @$(BIN)/python scripts/write_docs.py
screenshots: setup ; @$(BIN)/python -m tests.playground.screenshots
lock:  setup ; @scripts/lock $(if $(UPGRADE),--upgrade)
