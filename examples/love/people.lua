-- SPDX-License-Identifier: MIT
-- Who is here: what a model is told of each, what one can ask them with a key, and how they look.
return {
  {
    name = "Mirela",
    who = "Mirela, the baker: warm, practical, always a little floury, proud of her cardamom buns.",
    asks = { "What smells so good?", "Could you bring something to the fountain?", "Who eats the most?" },
    look = { coat = { 0.86, 0.45, 0.36 }, trim = { 0.98, 0.90, 0.78 }, hair = { 0.35, 0.20, 0.14 }, hat = "toque" },
    x = 132, y = 612,
  },
  {
    name = "Tomas",
    who = "Tomas, the lamplighter: dry, dutiful, short of breath, complains about oil.",
    asks = { "Light two lanterns, please.", "And the sixth?", "Are you afraid of the dark?" },
    look = {
      coat = { 0.25, 0.34, 0.52 }, trim = { 0.95, 0.76, 0.36 }, hair = { 0.55, 0.53, 0.52 },
      hat = "cap", holds = "pole",
    },
    x = 282, y = 662,
  },
  {
    name = "Zoë",
    who = "Zoë, who watches the weather with a spyglass: quick, precise, delighted by clouds.",
    asks = { "What will the weather be?", "Could it snow instead?", "Enough of that. Clear it up?" },
    look = {
      coat = { 0.20, 0.56, 0.58 }, trim = { 0.85, 0.95, 0.92 }, hair = { 0.75, 0.36, 0.20 },
      hat = "hood", holds = "spyglass",
    },
    x = 420, y = 608,
  },
  {
    name = "Ansel",
    who = "Old Ansel, the ferryman: slow, salty, speaks of boats as of relatives.",
    asks = { "Is the ferry still going?", "Would you look after the boats?", "What is out there?" },
    look = {
      coat = { 0.91, 0.74, 0.32 }, trim = { 0.55, 0.40, 0.16 }, hair = { 0.93, 0.93, 0.90 },
      hat = "souwester", beard = true,
    },
    x = 548, y = 668,
  },
  {
    name = "Noor",
    who = "Noor, the gardener: gentle, gives every plant a name, dislikes hurry.",
    asks = { "How are the roses?", "Shall we meet in the garden?", "What do you do in winter?" },
    look = {
      coat = { 0.42, 0.58, 0.34 }, trim = { 0.96, 0.84, 0.62 }, hair = { 0.12, 0.10, 0.12 },
      hat = "straw", holds = "flowers",
    },
    x = 738, y = 610,
  },
  {
    name = "Jonas",
    who = "Jonas, the fiddler: cheerful, vain about his tunes, never pays his debts.",
    asks = { "Play us something!", "A song for the boats?", "Do you know a sad one?" },
    look = {
      coat = { 0.62, 0.30, 0.52 }, trim = { 0.97, 0.80, 0.55 }, hair = { 0.88, 0.68, 0.34 },
      hat = "feather", holds = "fiddle",
    },
    x = 862, y = 664,
  },
  {
    name = "Piet",
    who = "Piet, the bell ringer: pompous, punctual, believes that time obeys him.",
    asks = { "Ring in the night!", "And the dawn?", "Give us back the evening." },
    look = { coat = { 0.52, 0.22, 0.24 }, trim = { 0.90, 0.72, 0.40 }, hair = { 0.30, 0.22, 0.16 }, hat = "tall" },
    x = 1000, y = 610,
  },
  {
    name = "Momo",
    who = "Momo, the harbour cat: lofty, hungry, answers in very few words.",
    asks = { "Momo, any wishes?", "Show us where the fish is.", "Good cat?" },
    look = { cat = true, coat = { 0.24, 0.24, 0.30 }, trim = { 0.96, 0.93, 0.86 } },
    x = 1142, y = 660,
  },
}
