/** The seat's cash by what it is for, and the way out of the venue. */

import { html, useState } from "../vendor/htm-preact-standalone.module.js";
import { useCell } from "../core/cell.js";
import { amount as amountOf, minor } from "../core/exact.js";
import * as show from "../core/show.js";
import { t, tOr } from "../core/words.js";
import { withdraw } from "../wire/acts.js";
import { newEnough } from "../wire/newest.js";
import { cash, heldFor, heldRows } from "../wire/orders.js";
import { list } from "../wire/rest.js";
import { may, seated } from "../wire/seat.js";
import { AskedFirst } from "./last_look.js";
import { problemWords } from "./notice.js";
import { Card, heads, Id, Rows, Unheard } from "./parts.js";
import { Payouts } from "./payouts.js";
import { useReading } from "./reading.js";
import { usePreview } from "./reckoning.js";

export function Cash() {
  const heard = useCell(cash);
  const held = useHeldFor();
  const rows = heard && [...heard.values()].map((row) => {
    const [, kind, ...reference] = row.account.split("/");
    const name = reference.join("/");
    return {
      key: row.account,
      cells: [
        tOr(`account.${kind}`, kind),
        kind === "on_hold" ? held(name) : html`<${Id} of=${name} />`,
        show.money(row.balance_minor),
      ],
    };
  });
  return html`<${Card} name="cash" title=${t("cash.title")}>
    <div class="scroll-x">
      <${Rows}
        caption=${t("cash.title")}
        heads=${heads("word.account", "word.reference", "word.yuan#")}
        rows=${rows}
        empty="cash.empty"
      />
    </div>
    <${Payouts} />
    ${may("trade") && html`<${Withdraw} />`}
  <//>`;
}

/** Says for which bid a hold is; asked for again whenever another amount is held. */
function useHeldFor() {
  const what = heldRows().map((row) => `${row.account} ${row.balance_minor}`);
  const ask = async () =>
    what.length ? list("/v1/orders", { state: "open", side: "bid", ...newEnough() }) : [];
  const bids = useReading(ask, [seated.get().principal, what.join(" ")]);
  const found = Array.isArray(bids) ? heldFor(bids) : null;
  return (hold) => {
    if (!found) return html`<${Unheard} />`;
    return found.has(hold) ? html`<${Id} of=${found.get(hold)} />` : t("cash.some_bid");
  };
}

/** Looked at by the venue as it is typed, said in words, and asked once more before it is sent. */
function Withdraw() {
  const [amountText, setAmount] = useState("");
  const [account, setAccount] = useState("");
  const to = account.trim();
  const { amount, wrong } = understoodSum(amountText);
  const lacking = !wrong && lackingWord(amount, to);
  const intent = amount && to ? withdraw(Number(amount), to) : null;
  const { preview, problem } = usePreview(intent, "");
  const empty = () => {
    setAmount("");
    setAccount("");
  };
  return html`<details class="withdraw as-table">
    <summary>${t("withdraw.title")}</summary>
    <form class="amending" autocomplete="off" onSubmit=${(event) => event.preventDefault()}>
      <p class="faint">${t("withdraw.lead")}</p>
      <div class="fields fields-even">
        <label>
          <span>${t("withdraw.amount")}</span>
          <input id="withdraw-amount" inputmode="decimal" value=${amountText} spellcheck=${false}
            onInput=${(event) => setAmount(event.target.value)} />
        </label>
        <label>
          <span>${t("withdraw.to")}</span>
          <input id="withdraw-to" value=${account} spellcheck=${false} maxlength="200"
            placeholder=${t("withdraw.hint")}
            onInput=${(event) => setAccount(event.target.value)} />
        </label>
      </div>
      ${wrong && html`<p class="problem" role="status">${sumWords(wrong)}</p>`}
      ${lacking && html`<p class="faint" role="status">${t(lacking)}</p>`}
      ${problem && html`<p class="problem" role="alert">${problemWords(problem)}</p>`}
      ${intent && !preview && !problem && html`<p><${Unheard} /></p>`}
      ${
        intent &&
        preview &&
        html`<p role="status">
            ${t("withdraw.words", { n: show.money(amount), account: to })}${" "}
            ${preview.needs.length > 0 && t("withdraw.needs")}
          </p>
          <p class="kept">
            <${AskedFirst} intent=${intent} ask=${t("withdraw.ask")} onDone=${empty}
              words=${t("withdraw.last_look", { n: show.money(amount) })}
              sign=${t("withdraw.sign")} />
          </p>`
      }
    </form>
  </details>`;
}

/** A sum as typed: {amount}, in minor units, or {wrong}, a key; {} while nothing is. */
function understoodSum(text) {
  if (!text.trim()) return {};
  const typed = amountOf(text);
  if (!typed) return { wrong: "withdraw.no_amount" };
  const amount = minor(typed, show.venueSays.minorDigits);
  if (amount === null) return { wrong: "withdraw.too_fine" };
  return amount ? { amount } : { wrong: "withdraw.zero" };
}

const sumWords = (wrong) => t(wrong, { n: show.venueSays.minorDigits });

/** What is still to be typed; "" where nothing was, or all is there. */
function lackingWord(amount, account) {
  if (amount && !account) return "withdraw.no_account";
  return account && !amount ? "withdraw.how_much" : "";
}
