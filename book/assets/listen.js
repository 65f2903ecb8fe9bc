// The players of the podcast: buttons, chapters and a transcript that follows. Without this script
// a page has the browser's own controls, the words and links to the files.
(() => {
  "use strict";
  const STEP = 15, SPEEDS = [0.8, 1, 1.2, 1.5, 1.75, 2]; // seconds; times the usual speed
  const PATIENCE = 5000; // ms for which a reader who scrolls is left alone
  const all = (selector, from) => [...from.querySelectorAll(selector)];
  const clock = (seconds) => {
    const whole = Math.floor(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  };

  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // The element that holds at this time: the last one that has begun, or -1.
  const at = (elements, now) => elements.findLastIndex(({ dataset }) => dataset.at <= now + 0.02);

  function mark(elements, k) {
    elements.forEach((element, i) => {
      if (i === k) element.setAttribute("aria-current", "true");
      else element.removeAttribute("aria-current");
    });
  }

  // A row of elements that is one stop of the Tab key; the arrow keys move within it.
  function rove(box, elements, act) {
    const stop = (element) => elements.forEach((other) => { other.tabIndex = other === element ? 0 : -1; });
    const move = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
    for (const element of elements) element.setAttribute("role", "button");
    stop(elements[0]);
    box.addEventListener("keydown", (event) => {
      const here = elements.indexOf(event.target);
      if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" || event.key === " ") act(elements[here]);
      else if (event.key in move) {
        const goal = elements[Math.max(0, Math.min(elements.length - 1, here + move[event.key]))];
        stop(goal);
        goal.focus();
      } else return;
      event.preventDefault();
    });
    box.addEventListener("click", ({ target }) => {
      if (!elements.includes(target) || String(getSelection())) return; // words may be marked
      stop(target);
      act(target);
    });
    return stop;
  }

  function controls(audio, title, length, goTo) {
    const button = (text, name, act) => {
      const made = make("button", { type: "button", textContent: text, onclick: act });
      if (name) made.setAttribute("aria-label", name);
      return made;
    };
    const play = button("Play", "", () => (audio.paused ? audio.play().catch(() => {}) : audio.pause()));
    const options = SPEEDS.map((value) => make("option", { value, textContent: `${value} ×` }));
    const speed = make("select", { onchange: () => { audio.playbackRate = speed.value; } }, ...options);
    speed.value = 1;
    const place = make("input", { type: "range", min: 0, max: Math.floor(length), step: 1, value: 0 });
    place.setAttribute("aria-label", "Place in the episode");
    place.addEventListener("input", () => goTo(Number(place.value)));
    const time = make("span", { className: "time" });
    const group = make("div", { className: "controls" }, play,
      button(`− ${STEP} s`, `Back ${STEP} seconds`, () => goTo(audio.currentTime - STEP)),
      button(`+ ${STEP} s`, `Forward ${STEP} seconds`, () => goTo(audio.currentTime + STEP)),
      make("label", {}, "Speed ", speed), place, time);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", `Player: ${title}`);
    return { group, play, place, time };
  }

  function start(episode, others) {
    const audio = episode.querySelector("audio"), title = audio.getAttribute("aria-label");
    const length = Number(episode.dataset.seconds), folded = episode.querySelector("details");
    const box = folded.querySelector(".sd-summary-content"), cues = all("[data-at]", box);
    let alone = 0, opened = false, shown = -1, told = "";

    const goTo = (seconds) => {
      audio.currentTime = Math.max(0, Math.min(length - 0.1, seconds));
      show();
    };
    const listen = ({ dataset }) => {
      goTo(Number(dataset.at));
      audio.play().catch(() => {});
    };
    const player = controls(audio, title, length, goTo);
    const chapters = all(".marks [data-at]", episode).map((text) => {
      const button = make("button", { type: "button", textContent: text.textContent });
      button.dataset.at = text.dataset.at;
      button.addEventListener("click", () => listen(button));
      text.replaceWith(button);
      return button;
    });
    const stop = rove(box, cues, listen);

    function follow(cue) {
      if (!box.contains(document.activeElement)) stop(cue);
      if (!folded.open || Date.now() < alone) return;
      const view = box.getBoundingClientRect(), line = cue.getBoundingClientRect();
      if (line.top < view.top || line.bottom > view.bottom)
        box.scrollTop += line.top - view.top - view.height / 3;
    }

    function show() {
      const now = audio.currentTime, words = `${clock(now)} of ${clock(length)}`;
      player.play.textContent = audio.paused ? "Play" : "Pause";
      if (words !== told) { // once a second
        told = player.time.textContent = words;
        player.place.value = Math.floor(now);
        player.place.setAttribute("aria-valuetext", words);
      }
      const k = at(cues, now);
      if (k === shown) return;
      shown = k;
      mark(cues, k);
      mark(chapters, at(chapters, now));
      if (k >= 0) follow(cues[k]);
    }
    const run = () => {
      show();
      if (!audio.paused) requestAnimationFrame(run);
    };

    audio.addEventListener("play", () => {
      for (const other of others) if (other !== audio) other.pause();
      if (!opened) folded.open = opened = true;
      announce(audio, title, goTo);
      run();
    });
    for (const name of ["pause", "timeupdate", "seeked", "ended"]) audio.addEventListener(name, show);
    for (const name of ["wheel", "touchmove", "keydown"])
      box.addEventListener(name, () => { alone = Date.now() + PATIENCE; }, { passive: true });
    audio.querySelector("source:last-of-type").addEventListener("error", () => {
      player.time.setAttribute("role", "alert");
      player.time.textContent = "The sound could not be loaded.";
    });
    audio.controls = false;
    audio.after(player.group);
    show();
  }

  // The keys of a headset or of a locked phone.
  function announce(audio, title, goTo) {
    if (!navigator.mediaSession) return;
    navigator.mediaSession.metadata = new MediaMetadata({ title, album: document.title });
    navigator.mediaSession.setActionHandler("seekbackward", () => goTo(audio.currentTime - STEP));
    navigator.mediaSession.setActionHandler("seekforward", () => goTo(audio.currentTime + STEP));
  }

  const players = all(".episode audio", document);
  for (const episode of all(".episode", document)) start(episode, players);
})();
