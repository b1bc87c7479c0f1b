// Progressive enhancement. Only security keys and passkeys require this script.
"use strict";

// Countdowns and delayed buttons.
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "always" });
const formatCountdown = (secs) => {
    const [count, unit] = secs < 120 ? [secs, "second"]
        : secs < 7200 ? [Math.ceil(secs / 60), "minute"]
        : secs < 172800 ? [Math.ceil(secs / 3600), "hour"] : [Math.ceil(secs / 86400), "day"];
    return relative.format(count, unit);
};
const startedAt = performance.now();
const secondsLeft = (secs) => Math.ceil(Number(secs) - (performance.now() - startedAt) / 1000);
const tick = () => {
    for (const span of document.querySelectorAll("[data-countdown]")) {
        const secs = secondsLeft(span.dataset.countdown);
        const text = formatCountdown(Math.max(secs, 0));
        if (span.textContent !== text) span.textContent = text;
    }
    for (const button of document.querySelectorAll("button[data-wait]")) {
        const isWaiting = secondsLeft(button.dataset.wait) > 0;
        button.disabled = isWaiting;
        if (!isWaiting) button.querySelector("[data-countdown]")?.remove();
    }
};
tick();
setInterval(tick, 1000);

// WebOTP: Android fills in a code that was sent to this phone.
const field = document.querySelector("form[data-webotp] input[name=code]");
if (field && "OTPCredential" in window) {
    const controller = new AbortController();
    field.form.addEventListener("submit", () => controller.abort());
    navigator.credentials.get({ otp: { transport: ["sms"] }, signal: controller.signal })
        .then((otp) => { field.value = otp.code; field.form.requestSubmit(); })
        .catch(() => {});
}

// Requests for JSON. A refusal has a message, and a next page has a location.
const post = async (path) => {
    const response = await fetch(path, { method: "POST", headers: { accept: "application/json" } });
    if (response.status >= 500) throw new Error(`status ${response.status}`);
    return response.json();
};

// Security keys and passkeys.
for (const form of document.querySelectorAll("form[data-security-key]")) {
    form.addEventListener("submit", async (event) => {
        if (form.elements.response.value) return;
        event.preventDefault();
        const status = form.querySelector("[data-status]");
        status.textContent = status.dataset.waiting;
        try {
            const started = await post(form.dataset.begin);
            if (started.location) { location.assign(started.location); return; }
            if (started.error) { status.textContent = started.message; return; }
            const key = form.dataset.securityKey === "create"
                ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(started.publicKey) })
                : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(started.publicKey) });
            form.elements.response.value = JSON.stringify(key.toJSON());
            form.submit();
        } catch (error) {
            console.info(error);
            status.textContent = status.dataset.failed;
        }
    });
}

// Polling for the answer to a sign-in request.
for (const form of document.querySelectorAll("form[data-poll]")) {
    const poll = async () => {
        try {
            const answer = await post(form.action);
            if (answer.error) { form.querySelector("[data-status]").textContent = answer.message; return; }
            if (answer.status !== "pending") { location.assign(answer.location); return; }
        } catch { /* retry */ }
        setTimeout(poll, 2000);
    };
    setTimeout(poll, 2000);
}

// Pages that reload when their data changes.
const watched = document.querySelector("[data-watch]");
if (watched) {
    setInterval(async () => {
        if (document.hidden) return;
        const response = await fetch(watched.dataset.watch).catch(() => null);
        if (response?.ok && JSON.stringify(await response.json()) !== watched.dataset.seen) location.reload();
    }, 2000);
}

for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
}
