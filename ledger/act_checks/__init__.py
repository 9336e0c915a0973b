"""Whether every act of a journal is tied to its command: the questions of `audit verify`."""
