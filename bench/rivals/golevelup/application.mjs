// A NestJS application with the RabbitMQ module of golevelup, and nothing else in it.
import "reflect-metadata";
import { RabbitMQModule } from "@golevelup/nestjs-rabbitmq";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";

const silent = { log() {}, warn() {}, error() {}, debug() {}, verbose() {} };

/** Starts an application with these providers; `prefetchCount` holds for its consumers. */
export function startApplication(providers, prefetchCount) {
  class Root {}
  const uri = process.env.TOMODACHI_AMQP_URL;
  const settings = { uri, prefetchCount, connectionInitOptions: { wait: true }, logger: silent };
  Module({ imports: [RabbitMQModule.forRoot(settings)], providers })(Root);
  return NestFactory.createApplicationContext(Root, { logger: false });
}
