"""The usual service, as tutorials have it: FastAPI around `learn.predict`. `python -m benchmarks.usual EXPORT PORT`."""

import sys
from importlib import import_module
from io import BytesIO
from typing import Any

import uvicorn
from fastapi import FastAPI, UploadFile


def create(export: str) -> FastAPI:
    import_module("snowpeople._torchvision")  # where torchvision's operators can't load; else it does nothing
    from fastai.vision.all import PILImage, load_learner

    learn = load_learner(export)
    app = FastAPI()

    @app.get("/readyz")
    async def ready() -> str:
        return "ready"

    @app.post("/predict")
    async def predict(picture: UploadFile) -> dict[str, Any]:
        image = PILImage.create(BytesIO(await picture.read()))
        with learn.no_bar(), learn.no_logging():
            label, _, probabilities = learn.predict(image)
        return {"label": label, "probabilities": dict(zip(learn.dls.vocab, probabilities.tolist(), strict=True))}

    return app


if __name__ == "__main__":
    uvicorn.run(create(sys.argv[1]), port=int(sys.argv[2]), access_log=False, log_level="warning")
