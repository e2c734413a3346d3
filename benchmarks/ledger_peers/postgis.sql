CREATE UNLOGGED TABLE hazards (uid text, type text, classes text, day text, geom bytea);
CREATE UNLOGGED TABLE activities
    (uid text, hazard text, result text, classes text, day text, geom bytea);
-- loaded --
CREATE UNLOGGED TABLE hazard AS SELECT uid, type, ST_GeomFromWKB(geom) AS geom FROM hazards;
CREATE UNLOGGED TABLE activity AS
SELECT uid, hazard, result, ST_GeomFromWKB(geom) AS geom,
       row_number() OVER (PARTITION BY hazard ORDER BY day, uid) AS turn
FROM activities;
CREATE UNIQUE INDEX ON hazard (uid);
ANALYZE hazard;
ANALYZE activity;

-- What each activity covers of its hazard.
CREATE UNLOGGED TABLE piece AS
SELECT a.uid, a.hazard, a.result, a.turn, ST_Intersection(h.geom, a.geom) AS geom
FROM activity a JOIN hazard h ON h.uid = a.hazard
WHERE ST_Intersects(h.geom, a.geom);
CREATE INDEX ON piece (hazard);
ANALYZE piece;

-- What earlier activities took of it.
CREATE UNLOGGED TABLE taken AS
SELECT p.uid, ST_Union(q.geom) AS geom
FROM piece p JOIN piece q ON q.hazard = p.hazard AND q.turn < p.turn
WHERE ST_Intersects(p.geom, q.geom)
GROUP BY p.uid;
CREATE UNLOGGED TABLE fresh AS
SELECT p.hazard, p.result,
       ST_Area(p.geom) - coalesce(ST_Area(ST_Intersection(p.geom, t.geom)), 0) AS mm2
FROM piece p LEFT JOIN taken t ON t.uid = p.uid;

CREATE UNLOGGED TABLE worked AS
SELECT hazard, CASE WHEN count(*) = 1 THEN (array_agg(geom))[1] ELSE ST_Union(geom) END AS geom
FROM piece GROUP BY hazard;
ANALYZE worked;
CREATE UNLOGGED TABLE still_open AS
SELECT h.uid, h.type,
       CASE WHEN w.geom IS NULL THEN h.geom ELSE ST_Difference(h.geom, w.geom) END AS geom,
       row_number() OVER (ORDER BY h.type, h.uid) AS place
FROM hazard h LEFT JOIN worked w ON w.hazard = h.uid;
CREATE INDEX ON still_open USING gist (geom);
ANALYZE still_open;

CREATE UNLOGGED TABLE by_hazard AS
SELECT o.uid,
       coalesce(f.cancelled, 0) AS cancelled,
       coalesce(f.reduced, 0) AS reduced,
       coalesce(f.cleared, 0) AS cleared,
       ST_Area(o.geom) AS open
FROM still_open o LEFT JOIN (
    SELECT hazard,
           sum(mm2) FILTER (WHERE result = 'cancelled') AS cancelled,
           sum(mm2) FILTER (WHERE result = 'reduced') AS reduced,
           sum(mm2) FILTER (WHERE result = 'cleared') AS cleared
    FROM fresh GROUP BY hazard
) f ON f.hazard = o.uid;

-- Overlapping open hazards count once: for the confirmed one (CHA sorts first), else for the first.
CREATE UNLOGGED TABLE before AS
SELECT a.uid, ST_Union(b.geom) AS geom
FROM still_open a JOIN still_open b ON ST_Intersects(a.geom, b.geom) AND b.place < a.place
GROUP BY a.uid;
CREATE UNLOGGED TABLE programme AS
SELECT CASE o.type WHEN 'CHA' THEN 'confirmed' ELSE 'suspected' END AS account,
       sum(ST_Area(o.geom) - coalesce(ST_Area(ST_Intersection(o.geom, b.geom)), 0)) AS mm2
FROM still_open o LEFT JOIN before b ON b.uid = o.uid
GROUP BY 1;
