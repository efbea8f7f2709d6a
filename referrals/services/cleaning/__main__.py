"""One file in, one answer out: a line of JSON, and after it what may be kept."""

import json
import resource
import sys

from referrals.domain.attachment import MediaType
from referrals.services.cleaning import paper, picture, twofold
from referrals.services.cleaning.refusal import Unsafe

MEMORY = 1536 * 1024 * 1024  # bytes of address space: 40 million pixels, several times over
SECONDS = 20  # of the processor


def main() -> None:
    """Read, look, answer. Whatever goes wrong otherwise ends the process, and the file is refused."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told, kept = answer(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + kept)


def answer(sent: bytes) -> tuple[dict[str, str | int], bytes]:
    """What it is and what is kept of it; or why it is refused."""
    try:
        media_type = twofold.media_type_of(sent)
        twofold.check(sent, media_type)
        pdf = media_type == MediaType.PDF
        kept, measured = paper.clean(sent) if pdf else picture.clean(sent, media_type)
    except Unsafe as refusal:
        return {"refused": str(refusal)}, b""
    except MemoryError:
        return {"refused": "this file unpacks to more than can be opened: save it anew, smaller"}, b""
    return {"media_type": media_type.value, **measured}, kept


if __name__ == "__main__":
    main()
