CREATE TABLE tea (name text PRIMARY KEY, grams integer NOT NULL);
INSERT INTO tea VALUES ('assam', 250);
