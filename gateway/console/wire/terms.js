/** Made by `make catalogue` from exchange/books/terms.py; never edited by hand. */

/** The times in force that need no date. */
export const TIMES_IN_FORCE = ["gtc", "day", "ioc", "fok"];
