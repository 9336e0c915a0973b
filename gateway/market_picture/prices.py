"""What taking up feeds costs, by what it makes (WIRE 2): in bytes, as a message is paid for."""

from typing import Final

FEED_BYTES: Final = 512  # a feed that is taken up
ROW_BYTES: Final = 16  # a row of a snapshot that is made for it: one that is kept costs nothing
SENT_SHARE: Final = 32  # one for each so many bytes that are sent
LOOKUP_BYTES: Final = 8 << 10  # a commit that is looked up in the journal
PAGE_BYTES: Final = 8 << 10  # a page of the journal that is read to resume
