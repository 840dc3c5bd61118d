/* SPDX-License-Identifier: MIT */
#include "timestamp.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, FIRST_YEAR = 1970 };

static const int64_t LAST_S = 253402300799; /* 9999-12-31T23:59:59Z */

/* Takes exactly `digits` digits. */
static bool take_number(const char **at, int digits, int *number) {
  *number = 0;
  for (; digits; digits--, (*at)++) {
    if (**at < '0' || **at > '9') return false;
    *number = *number * 10 + (**at - '0');
  }
  return true;
}

static bool take_mark(const char **at, char mark) {
  char lower = (char)(mark >= 'A' && mark <= 'Z' ? mark - 'A' + 'a' : mark);
  if (**at != mark && **at != lower) return false;
  (*at)++;
  return true;
}

static bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int month_days(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap(year));
}

/* Leap days from year 1 up to this one. */
static int leaps_before(int year) { return (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400; }

static bool take_date(const char **at, int64_t *days) {
  int year, month, day;
  if (!take_number(at, 4, &year) || !take_mark(at, '-') || !take_number(at, 2, &month) || !take_mark(at, '-') ||
      !take_number(at, 2, &day))
    return false;
  /* An offset can bring the first hours of the year before into ours. */
  if (year < FIRST_YEAR - 1 || month < 1 || month > 12 || day < 1 || day > month_days(year, month)) return false;
  *days = (int64_t)365 * (year - FIRST_YEAR) + leaps_before(year) - leaps_before(FIRST_YEAR) + day - 1;
  for (int earlier = 1; earlier < month; earlier++) *days += month_days(year, earlier);
  return true;
}

static bool take_time(const char **at, int64_t *seconds, int *second) {
  int hour, minute;
  if (!take_number(at, 2, &hour) || !take_mark(at, ':') || !take_number(at, 2, &minute) || !take_mark(at, ':') ||
      !take_number(at, 2, second))
    return false;
  *seconds = (int64_t)hour * HOUR_S + (int64_t)minute * MINUTE_S + *second;
  return hour < 24 && minute < 60 && *second <= 60;
}

/* Any number of digits; those after the third say nothing to us. */
static bool take_fraction(const char **at, int *ms) {
  *ms = 0;
  if (!take_mark(at, '.')) return true;
  int worth = 100;
  const char *first = *at;
  for (; **at >= '0' && **at <= '9'; (*at)++, worth /= 10) *ms += (**at - '0') * worth;
  return *at != first;
}

static bool take_offset(const char **at, int *seconds) {
  int hour, minute, sign = **at == '-' ? -1 : 1;
  *seconds = 0;
  if (take_mark(at, 'Z')) return true;
  if (!take_mark(at, '+') && !take_mark(at, '-')) return false;
  if (!take_number(at, 2, &hour) || !take_mark(at, ':') || !take_number(at, 2, &minute)) return false;
  *seconds = sign * (hour * HOUR_S + minute * MINUTE_S);
  return hour < 24 && minute < 60;
}

int64_t cai_timestamp_parse(const char *text) {
  int64_t days, seconds;
  int second, ms, offset_s;
  if (!text || !take_date(&text, &days) || !take_mark(&text, 'T') || !take_time(&text, &seconds, &second) ||
      !take_fraction(&text, &ms) || !take_offset(&text, &offset_s) || *text)
    return -1;
  seconds += days * DAY_S - offset_s;
  /* Second 60 exists at the end of a day in UTC only; it counts as the first of the next day. */
  if (seconds < 0 || (second == 60 && seconds % DAY_S != 0)) return -1;
  return seconds * 1000 + ms;
}

int64_t cai_timestamp_http(const char *text) {
  time_t seconds = text ? curl_getdate(text, NULL) : -1;
  return seconds < 0 || seconds > LAST_S ? -1 : (int64_t)seconds * 1000;
}

void cai_timestamp_write(char text[CAI_TIMESTAMP_SIZE], int64_t ms) {
  time_t seconds = (time_t)(ms / 1000);
  struct tm utc;
  char date[24] = "";
  if (gmtime_r(&seconds, &utc)) strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  snprintf(text, CAI_TIMESTAMP_SIZE, "%s.%03dZ", date, (int)(ms % 1000));
}
