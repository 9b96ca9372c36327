"""Java's ways with numbers, text, dates and patterns: ksqlDB's results are Java's texts, so nothing else may format or parse.

integers  wrap-around, division toward zero, Integer.parseInt        doubles   Double.toString, parseDouble, compare
decimals  BigDecimal with ksqlDB's precision and scale               text      UTF-16 lengths, places and order; trim
dates     DateTimeFormatter patterns                                 iso       the texts of DATE, TIME, TIMESTAMP
zones     offsets of IANA and fixed zones                            calendar  days and their year, month, day
regex     java.util.regex as Python's `re`                           like      LIKE, without any regex
uri       java.net.URI
"""
