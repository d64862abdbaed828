"""Many clients that send pictures to a service at once, and how long each answer takes."""

import asyncio
import time
from itertools import count
from urllib.parse import urlsplit

# Seconds for the last answers.
GRACE = 60.0


def flood(
    url: str, pictures: list[bytes], clients: int, seconds: float, rate: float = 0
) -> tuple[float, list[float]]:
    """The answers a second, and the seconds of each. Every client has a connection, and one picture on its way.

    rate: pictures a second, of all clients, which send by the clock; the seconds then count from when each was due,
    sent late or not. 0: each client sends the next when it has an answer.
    """
    return asyncio.run(_flood(url, [_request(url, data) for data in pictures], clients, seconds, rate))


async def _flood(
    url: str, requests: list[bytes], clients: int, seconds: float, rate: float
) -> tuple[float, list[float]]:
    place = urlsplit(url)
    turn = count()
    times: list[float] = []
    start = time.perf_counter()
    end = start + seconds

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        for sent in count():
            begun = time.perf_counter()
            if rate:
                due = start + (number + sent * clients) / rate
                await asyncio.sleep(max(0, due - begun))
                begun = due
            if begun >= end:
                break
            writer.write(requests[next(turn) % len(requests)])
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"{url} answers {head.decode()}")
            length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length))
            times.append(time.perf_counter() - begun)
        writer.close()
        await writer.wait_closed()

    # What is on its way when the time is over is waited for, but not for ever.
    tasks = [asyncio.ensure_future(client(number)) for number in range(clients)]
    done, late = await asyncio.wait(tasks, timeout=seconds + GRACE)
    for task in late:
        task.cancel()
    for task in done:
        task.result()
    await asyncio.gather(*late, return_exceptions=True)
    return len(times) / (time.perf_counter() - start), times


def _request(url: str, data: bytes) -> bytes:
    """A form with one file, as a browser and curl send it."""
    place = urlsplit(url)
    part = (
        b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    body = part + data + b"\r\n--b--\r\n"
    head = f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
