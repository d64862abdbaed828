"""The limits of a service."""

from dataclasses import dataclass

from .. import picture


@dataclass(frozen=True)
class Settings:
    """What a service takes, how long it waits, and who may ask. Sizes in bytes, times in seconds."""

    max_queue: int = 128  # pictures in the house: being fetched, decoded, waiting, in the model
    max_batch: int = 16  # pictures that go through the model at once
    max_pictures: int = 32  # in one request
    max_maps: int = 4  # in one request: pictures of which is asked where the classifier looked
    max_body: int = 60_000_000
    max_picture: int = picture.MAX_BYTES
    max_held: int = 240_000_000  # of all bodies at once
    body_timeout: float = 20.0  # for a whole body to arrive
    timeout: float = 30.0  # from the whole body to the answer
    fetch_timeout: float = 10.0  # for a picture from an address
    decoders: int = 2  # threads; each may need half a gigabyte for the largest picture
    fetchers: int = 8  # threads
    examples: str = ""  # a folder of pictures that pages offer to click
    urls: bool = True  # whether pictures are fetched from addresses at all
    cors: tuple[str, ...] = ()  # origins whose pages may ask
    api_key: str = ""  # nobody needs one where it is empty
    rate: int = 0  # pictures a minute and client; without a limit where it is 0
    proxies: int = 0  # of the operator's, in front; each appends to X-Forwarded-For, which else is not believed
