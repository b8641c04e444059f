CREATE TABLE members (email citext PRIMARY KEY);
GRANT SELECT ON members TO reader;
