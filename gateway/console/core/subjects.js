/** What a certificate may speak of, and so the state of the register: every kind of subject. */

export const SUBJECTS = [
  "party",
  "principal",
  "site",
  "node",
  "unit",
  "report",
  "model",
  "market",
  "order",
  "settlement",
  "lease",
  "account",
  "payment",
  "bank_reference",
  "proposal",
  "rule",
  "venue",
];
