"""What becomes of a file while it is being sent: it is held in memory, and no more of it than may be kept.

Nothing of it is written to a temporary folder, where a photo of a patient could stay behind.
"""

import io

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from referrals.domain.attachment import MOST_BYTES


class InMemory(FileUploadHandler):
    """Holds as much of a request's files as one may have. What is beyond is let go; ``size`` counts it."""

    def handle_raw_input(self, *args: object, **kwargs: object) -> None:
        """A new request."""
        self.room = MOST_BYTES + 1

    def new_file(self, *args: object, **kwargs: object) -> None:
        """A new file of it."""
        super().new_file(*args, **kwargs)
        self.held = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Hold it while there is room."""
        part = raw_data[: self.room]
        self.held.write(part)
        self.room -= len(part)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """The file, of which the end may be missing if it was too large."""
        self.held.seek(0)
        return InMemoryUploadedFile(
            file=self.held,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
