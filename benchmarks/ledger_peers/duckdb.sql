CREATE TABLE hazard AS SELECT uid, type, geom FROM '{folder}/hazards.parquet';
CREATE TABLE activity AS
SELECT uid, hazard, result, geom,
       row_number() OVER (PARTITION BY hazard ORDER BY day, uid) AS turn
FROM '{folder}/activities.parquet';

-- What each activity covers of its hazard.
CREATE TABLE piece AS
SELECT a.uid, a.hazard, a.result, a.turn, ST_Intersection(h.geom, a.geom) AS geom
FROM activity a JOIN hazard h ON h.uid = a.hazard
WHERE ST_Intersects(h.geom, a.geom);

-- What earlier activities took of it.
CREATE TABLE taken AS
SELECT p.uid, ST_Union_Agg(q.geom) AS geom
FROM piece p JOIN piece q ON q.hazard = p.hazard AND q.turn < p.turn
WHERE ST_Intersects(p.geom, q.geom)
GROUP BY p.uid;
CREATE TABLE fresh AS
SELECT p.hazard, p.result,
       ST_Area(p.geom) - coalesce(ST_Area(ST_Intersection(p.geom, t.geom)), 0) AS mm2
FROM piece p LEFT JOIN taken t ON t.uid = p.uid;

CREATE TABLE worked AS
SELECT hazard, CASE WHEN count(*) = 1 THEN any_value(geom) ELSE ST_Union_Agg(geom) END AS geom
FROM piece GROUP BY hazard;
CREATE TABLE still_open AS
SELECT h.uid, h.type,
       CASE WHEN w.geom IS NULL THEN h.geom ELSE ST_Difference(h.geom, w.geom) END AS geom,
       row_number() OVER (ORDER BY h.type, h.uid) AS place
FROM hazard h LEFT JOIN worked w ON w.hazard = h.uid;

CREATE TABLE by_hazard AS
SELECT o.uid,
       coalesce(sum(f.mm2) FILTER (f.result = 'cancelled'), 0) AS cancelled,
       coalesce(sum(f.mm2) FILTER (f.result = 'reduced'), 0) AS reduced,
       coalesce(sum(f.mm2) FILTER (f.result = 'cleared'), 0) AS cleared,
       ST_Area(any_value(o.geom)) AS open
FROM still_open o LEFT JOIN fresh f ON f.hazard = o.uid
GROUP BY o.uid;

-- Overlapping open hazards count once: for the confirmed one (CHA sorts first), else for the first.
-- With any condition beside the spatial one DuckDB would compare every hazard with every other.
CREATE TABLE pair AS
SELECT a.uid, a.place, b.place AS other, b.geom
FROM still_open a JOIN still_open b ON ST_Intersects(a.geom, b.geom);
CREATE TABLE before AS
SELECT uid, ST_Union_Agg(geom) AS geom FROM pair WHERE other < place GROUP BY uid;
CREATE TABLE programme AS
SELECT CASE o.type WHEN 'CHA' THEN 'confirmed' ELSE 'suspected' END AS account,
       sum(ST_Area(o.geom) - coalesce(ST_Area(ST_Intersection(o.geom, b.geom)), 0)) AS mm2
FROM still_open o LEFT JOIN before b ON b.uid = o.uid
GROUP BY 1;
