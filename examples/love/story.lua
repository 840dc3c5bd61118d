-- SPDX-License-Identifier: MIT
-- What the eight say when no model is there: one answer for each question of people.lua, in its order. A table is a
-- round of calls of tools; the texts are written by hand. write_story.lua makes a recording of it, which is played.
return {
  Mirela = {
    {
      "Cardamom buns! The second tray comes out in a minute. Stand there long enough and you will smell of "
        .. "butter until Sunday.",
    },
    {
      { { "move_to", { place = "fountain" } } },
      "Here we are, and only one fell into the water. The ducks insist that it was theirs. Who wants one while "
        .. "they are warm?",
    },
    { "Jonas, and he pays with a polka. Momo comes second — one bun, no raisins, and never a word of thanks." },
  },
  Tomas = {
    {
      { { "light_lantern", { number = 2 } }, { "light_lantern", { number = 4 } } },
      "Two and four are burning. My knees say good evening. If you want more light than that, you will have to "
        .. "like me more.",
    },
    {
      { { "light_lantern", { number = 6 } } },
      { { "light_lantern", { number = 5 } }, { "light_lantern", { number = 7 } } },
      "Six is dry, as I have told the council since spring. So I lit its neighbours, five and seven. Nobody will "
        .. "notice, if nobody counts.",
    },
    {
      "Afraid? We are colleagues. It comes every evening, I come every evening, and one of us goes home with "
        .. "burnt fingers.",
    },
  },
  ["Zoë"] = {
    {
      { { "set_weather", { sky = "rain" } } },
      "See that grey edge over the lighthouse? Rain, and here it is already. Don't be cross: the clouds came all "
        .. "the way from Brest, à pied.",
    },
    {
      { { "set_weather", { sky = "snow" } } },
      "Two degrees less, a little patience… there! Six corners on every flake. I have counted four thousand; no "
        .. "two agree about anything.",
    },
    {
      { { "set_weather", { sky = "clear" } } },
      "As you wish. I have sent it on to the mountains, with a note of apology. You can see Venus now, left of "
        .. "the mast.",
    },
  },
  Ansel = {
    {
      "The ferry goes when she feels like it. This evening she feels like it twice: once over, and, with some "
        .. "luck, once back.",
    },
    {
      { { "move_to", { place = "boats" } } },
      "There they lie, the good girls. The red one pulls at her rope again. She has never got over that summer "
        .. "in Malmö.",
    },
    { "Water, mostly. Then an island with one tree. Then more water, but of a better family." },
  },
  Noor = {
    {
      "Séraphine has greenfly and bears it nobly. Old Bertram has put out a bud at last, in his ninth year. One "
        .. "must not hurry a rose.",
    },
    {
      { { "move_to", { place = "garden" } } },
      "Sit down, not on Ignaz, he is still small. Here one can hear the whole square, and none of it is urgent.",
    },
    { "I read seed catalogues, as others read novels. So many names, and in the end everything comes up." },
  },
  Jonas = {
    {
      "With joy! This one is called “The Baker's Patience”. It is in seven eighths, and it is about what I owe. "
        .. "It has a great many verses.",
    },
    {
      { { "move_to", { place = "boats" } } },
      "A barcarole, then, for three boats and a post. You hear how the masts keep time? Better than the audience "
        .. "in Göteborg.",
    },
    { "I know only one, and it makes me so sad that I always turn it into a polka before the end." },
  },
  Piet = {
    {
      { { "ring_bell", { hour = "night" } } },
      "Nine strokes, and the night obeys. Note that she came at the ninth and not before. Discipline! The stars "
        .. "are a little late, as always.",
    },
    {
      { { "ring_bell", { hour = "dawn" } } },
      "Five strokes: sun, up! You see that he blushes. He knows very well that he was late by a minute in April.",
    },
    {
      { { "ring_bell", { hour = "dusk" } } },
      "An exception, and for you alone. Evening, as you were! The lamplighter thanks me, though he does not show it.",
    },
  },
  Momo = {
    { "Fish. Then a lap. Then no lap." },
    {
      { { "move_to", { place = "boats" } } },
      "Here. In there. Behind the plank. You have thumbs; I have told you all that I know.",
    },
    { "Adequate." },
  },
}
