// What pages can do better with a script. Without it they work, security keys apart.
"use strict";

// Times that count down, and buttons that wait.
const words = (secs) => {
    const [count, unit] = secs < 120 ? [secs, "second"]
        : secs < 7200 ? [Math.ceil(secs / 60), "minute"]
        : secs < 172800 ? [Math.ceil(secs / 3600), "hour"] : [Math.ceil(secs / 86400), "day"];
    return `in ${count} ${unit}${count === 1 ? "" : "s"}`;
};
const began = performance.now();
const left = (secs) => Math.ceil(Number(secs) - (performance.now() - began) / 1000);
const tick = () => {
    for (const span of document.querySelectorAll("[data-countdown]")) {
        const secs = left(span.dataset.countdown);
        const text = secs > 0 ? words(secs) : "now";
        if (span.textContent !== text) span.textContent = text;
    }
    for (const button of document.querySelectorAll("button[data-wait]")) {
        const waits = left(button.dataset.wait) > 0;
        button.disabled = waits;
        if (!waits) button.querySelector("[data-countdown]")?.remove();
    }
};
tick();
setInterval(tick, 1000);

// A code that was sent to this phone: Android hands it over.
const field = document.querySelector("form[data-webotp] input[name=code]");
if (field && "OTPCredential" in window) {
    const stop = new AbortController();
    field.form.addEventListener("submit", () => stop.abort());
    navigator.credentials.get({ otp: { transport: ["sms"] }, signal: stop.signal })
        .then((otp) => { field.value = otp.code; field.form.requestSubmit(); })
        .catch(() => {});
}

// Security keys.
const post = async (path) => {
    const answer = await fetch(path, { method: "POST", headers: { "x-script": "1" } });
    if (!answer.ok) throw new Error("the server did not answer");
    return answer.json();
};
for (const form of document.querySelectorAll("form[data-key]")) {
    form.addEventListener("submit", async (event) => {
        if (form.elements.answer.value) return;
        event.preventDefault();
        const said = form.querySelector("[data-said]");
        said.textContent = "Touch your key.";
        try {
            const begun = await post(form.dataset.begin);
            if (begun.to) { location.assign(begun.to); return; }
            if (begun.refused) { said.textContent = begun.refused; return; }
            const key = form.dataset.key === "create"
                ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(begun.publicKey) })
                : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(begun.publicKey) });
            form.elements.answer.value = JSON.stringify(key.toJSON());
            form.submit();
        } catch (error) {
            console.info(error);
            said.textContent = "No key answered. Try again, or try another way.";
        }
    });
}

// Waiting for the answer of another browser.
for (const form of document.querySelectorAll("form[data-poll]")) {
    const ask = async () => {
        try {
            const answer = await post(form.action);
            if (answer.to) { location.assign(answer.to); return; }
        } catch { /* the next time, perhaps */ }
        setTimeout(ask, 2000);
    };
    setTimeout(ask, 2000);
}

// Pages that show what comes.
const watched = document.querySelector("[data-watch]");
if (watched) {
    setInterval(async () => {
        if (document.hidden) return;
        const answer = await fetch(watched.dataset.watch).catch(() => null);
        if (answer?.ok && JSON.stringify(await answer.json()) !== watched.dataset.seen) location.reload();
    }, 2000);
}

for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
}
